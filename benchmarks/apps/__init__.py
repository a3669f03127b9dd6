"""Throwaway apps that the lab is compared with."""
