"""How one question is answered, stage by stage; begin with `pipeline.py`."""
