"""What statements are about: transfers and meetings."""
