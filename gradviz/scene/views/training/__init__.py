"""Training: the network with units as small pictures, the plane, the losses, the line of passes."""
