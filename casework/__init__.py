"""The union's rights-protection procedures and the desk every procedure works at."""
