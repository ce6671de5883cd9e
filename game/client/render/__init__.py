"""Drawing of the arena. Nothing in here changes what it draws."""
