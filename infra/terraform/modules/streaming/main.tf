resource "oci_streaming_stream_pool" "this" {
  compartment_id = var.compartment_id
  name           = "pool-${local.prefix}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  custom_encryption_key {
    kms_key_id = var.kms_key_id
  }

  kafka_settings {
    auto_create_topics_enable = false
    log_retention_hours       = 168
    num_partitions            = 1
  }

  private_endpoint_settings {
    subnet_id = var.subnet_id
    nsg_ids   = var.nsg_ids
  }
}

resource "oci_streaming_stream" "this" {
  for_each = var.streams

  name               = "stream-${local.prefix}-${each.key}"
  stream_pool_id     = oci_streaming_stream_pool.this.id
  partitions         = each.value.partitions
  retention_in_hours = each.value.retention_hours
  freeform_tags      = var.freeform_tags
  defined_tags       = var.defined_tags
}

# Every fact is kept as an object after it has left the stream.
resource "oci_sch_service_connector" "archive" {
  for_each = var.archive == null ? {} : oci_streaming_stream.this

  compartment_id = var.compartment_id
  display_name   = "sch-${local.prefix}-${each.key}"
  description    = "keeps what is in ${each.value.name}"
  freeform_tags  = var.freeform_tags
  defined_tags   = var.defined_tags

  source {
    kind      = "streaming"
    stream_id = each.value.id
    cursor {
      kind = "TRIM_HORIZON"
    }
  }

  target {
    kind                       = "objectStorage"
    namespace                  = var.archive.namespace
    bucket                     = var.archive.bucket
    object_name_prefix         = each.key
    batch_rollover_size_in_mbs = 100
    batch_rollover_time_in_ms  = 420000
  }
}
