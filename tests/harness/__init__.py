"""What the oracle, the behaviour tests, the demo and the bench share: servers, TPC-H data, comparison of
answers.
"""
