"""One module for each folder of `functions/`: its Lambdas, what each may touch, and its machine."""
