"""What is wished, zone by zone: technique, cocktail, depth and area fraction, within limits nobody can switch off."""
