# A tag always names the same image: it cannot be moved.
resource "oci_artifacts_container_repository" "this" {
  for_each = var.repositories

  compartment_id = var.compartment_id
  display_name   = "${local.prefix}/${each.key}"
  is_public      = false
  is_immutable   = true
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags
}

resource "oci_vulnerability_scanning_container_scan_recipe" "this" {
  for_each = var.scan ? { recipe = "STANDARD" } : {}

  compartment_id = var.compartment_id
  display_name   = "scan-${local.prefix}"
  image_count    = 4
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  scan_settings {
    scan_level = each.value
  }
}

resource "oci_vulnerability_scanning_container_scan_target" "this" {
  for_each = oci_vulnerability_scanning_container_scan_recipe.this

  compartment_id           = var.compartment_id
  container_scan_recipe_id = each.value.id
  display_name             = "scan-${local.prefix}"
  freeform_tags            = var.freeform_tags
  defined_tags             = var.defined_tags

  target_registry {
    compartment_id = var.compartment_id
    type           = "OCIR"
    repositories   = [for r in oci_artifacts_container_repository.this : r.display_name]
  }
}
