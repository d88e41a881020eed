"""The world, behind ports: each adapter translates its library's errors into ours, once."""
