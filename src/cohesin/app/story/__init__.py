"""The main job from order to fetched report, over HTTP alone, step by step."""
