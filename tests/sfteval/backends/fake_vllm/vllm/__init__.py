"""A package that is called vllm and starts a scripted server: put on the PYTHONPATH of a child process."""
