"""The little of FTP that inspection needs: lines, replies, announced endpoints."""
