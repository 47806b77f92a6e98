"""Networks in PyTorch: one training loop for all, the parameters that it reads, and what networks are built of.

A module here may import torch at its top, but for `params`: architectures import the others where they fit or load, so
that a project of tables starts without torch.
"""
