"""Values that pass between the stages. Imports nothing of the rest of the package."""
