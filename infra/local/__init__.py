"""The account on a laptop: the synthesized template on an emulated AWS, beside stand-in vendors.

`__main__` is what `make run` runs; `stack.local_stack` is the same for tests. Behind them:
`synthesis` makes the assembly that `assembly` reads, `emulator` keeps MiniStack's process
(`launcher`), then `deployment`, `glue` and `seed` fill it. `scenario` runs the main job through
`client`, and `report` shows it. The vendors are in `standins`.
"""
