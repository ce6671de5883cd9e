"""Text and panels shared by the scenes."""
