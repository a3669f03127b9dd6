"""One convolution: kernels and their text, the layer, one pixel's arithmetic, pooling, learning a kernel."""
