environment = "staging"
home_region = "us-ashburn-1"

budget = { monthly = 1500, recipients = ["owner@example.com"] }
