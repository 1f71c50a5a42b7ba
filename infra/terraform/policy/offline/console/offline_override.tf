locals {
  home = "us-ashburn-1"
  keys = { "us-ashburn-1" = "iad" }
}
