//! Haystacks.
