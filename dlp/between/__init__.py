"""What is remembered between messages: people counted over time, the seams of uploads in parts.

Everything here is bounded, held in memory alone, and told the time by its caller.
"""
