environment = "prod"
home_region = "us-ashburn-1"
operators   = "shop-operators"

budget   = { monthly = 6000, recipients = ["owner@example.com", "finance@example.com"] }
identity = { domain_url = "https://idcs-replace.identity.oraclecloud.com:443" }
dns = {
  domain    = "example.com"
  addresses = [{ region_key = "iad", address = "192.0.2.10" }, { region_key = "phx", address = "198.51.100.10" }] # outputs address of the regions
  records   = { "_dmarc TXT" = ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"], "@ TXT" = ["v=spf1 include:rp.oracleemaildelivery.com ~all"] }
}
