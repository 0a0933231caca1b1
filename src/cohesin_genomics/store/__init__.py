"""One Parquet file per genome: its columns, its writing and its questions."""
