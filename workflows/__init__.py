"""The engine. It knows no labour law, no HTTP and no PDF."""
