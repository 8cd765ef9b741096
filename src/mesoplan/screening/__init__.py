"""Who may be treated, when, and on whose authority: typed conditions over the intake, one order-free reduction."""
