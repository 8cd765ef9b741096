"""How the prescription is reached: passes and speed of a gliding pen, points of a syringe, and the honest cover."""
