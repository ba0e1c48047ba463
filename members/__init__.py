"""Secondary modules, each a folder that plugs in: tickets, surveys, relief ... They may use the desk, never a procedure."""
