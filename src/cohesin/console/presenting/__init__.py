"""From what the services answer to what the pages show. Pure: nothing here looks anything up."""
