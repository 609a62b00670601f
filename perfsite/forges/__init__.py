"""What is asked of the host of the code and told to it: GitHub and GitLab, over HTTP."""
