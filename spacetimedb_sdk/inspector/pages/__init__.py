"""What the inspector's page shows, made with NiceGUI. Texts of others reach it as texts alone, never as HTML, keys or code."""
