"""One connection: its settings, transaction, prepared statements and portals, and the road every statement takes."""
