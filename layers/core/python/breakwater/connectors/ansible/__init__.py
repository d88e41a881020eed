"""Red Hat Ansible (AWX, Automation Controller), by its REST API v2."""

SERVICE = "ansible"
