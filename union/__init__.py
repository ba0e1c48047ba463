"""The world the cases happen in: the law, the people, the organisations and who may see what."""
