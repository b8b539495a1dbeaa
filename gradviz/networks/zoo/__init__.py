"""The named networks, one file a family.

Importing this package fills the table of `gradviz.networks.catalogue`.
"""

# The order in which lists show the families.
# isort: off
from gradviz.networks.zoo import perceptrons as perceptrons
from gradviz.networks.zoo import dense as dense
from gradviz.networks.zoo import small as small
from gradviz.networks.zoo import deep as deep
from gradviz.networks.zoo import residual as residual

# isort: on
