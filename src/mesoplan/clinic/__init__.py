"""A clinic's own folder: devices, cartridges, products, prices, closures, protocols. It may tighten the knowledge."""
