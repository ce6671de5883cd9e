"""The display-free core of the game: the world as one player sees it. Imports no pygame and reads no clock."""
