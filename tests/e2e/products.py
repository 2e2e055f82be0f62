"""The table of the user documents' quick start."""

CREATE = """
CREATE TABLE products (id INT, description VARCHAR);
INSERT INTO products VALUES
  (1, 'Eco-friendly bamboo toothbrush'),
  (2, 'Sustainable cotton t-shirt'),
  (3, 'Plastic water bottle'),
  (4, 'Reusable steel water bottle'),
  (5, 'Disposable plastic fork');
"""

MEANS = "SELECT id, description, description MEANS 'eco-friendly' AS is_eco FROM products ORDER BY id;"
