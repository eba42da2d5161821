# A module that shop needs.
