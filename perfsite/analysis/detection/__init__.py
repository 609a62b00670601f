"""How change points are found: one idea per module, put together by `perfsite.analysis.changepoint`."""
