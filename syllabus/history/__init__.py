"""The versions of a model over time: which there are, which is the champion, how two compare, where their data are.

Everything is read from Git's tags, past `dvc.lock` files and DVC's cache; nothing is checked out. `registry.versions`
makes a version; here it gets a stage.
"""
