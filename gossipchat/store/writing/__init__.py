"""What changes the database: for the writer's thread alone."""
