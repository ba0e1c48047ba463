"""The page kit: pages, forms, log-in, guard, errors and the look. Knows no labour law."""
