locals {
  image_id = "ocid1.image.oc1.${var.region_key}.ol8"
}
