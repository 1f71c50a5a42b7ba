locals {
  all       = ["AD-1", "AD-2", "AD-3"]
  namespace = "axoffline"
}
