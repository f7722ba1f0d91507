namespace Pellucid.Words;

/// <summary>How far training is.</summary>
/// <param name="Words">Words of the vocabulary read so far, over all epochs, those thinned out and sentence ends included.</param>
/// <param name="TotalWords">How many it will be in the end.</param>
/// <param name="LearningRate">The rate now.</param>
public readonly record struct Word2VecProgress(long Words, long TotalWords, float LearningRate);
