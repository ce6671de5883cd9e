"""SQL: from a text to the rows it asks for or the change it makes."""
