environment = "dev"
home_region = "us-ashburn-1"

budget = { monthly = 50, recipients = ["owner@example.com"] }
