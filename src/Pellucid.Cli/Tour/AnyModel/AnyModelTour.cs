namespace Pellucid.Cli.Tour.AnyModel;

/// <summary>The chapters as they can be asked of any model of English, with sentences and facts that need no world of ours.</summary>
internal static class AnyModelTour
{
    public static IReadOnlyList<Chapter> Chapters { get; } =
    [
        new WordTableChapter(), new ContextChapter(), new DepthChapter(), new MatchingChapter(), new GiftsChapter(),
        new TriggersChapter(), new TransferChapter(), new JobsChapter(), new FinishedChapter(), new StoriesChapter(),
        new TunedChapter(),
    ];

    /// <summary>What a chapter finds. What an instrument refuses, because the model has no such part or its tokens cut words
    /// otherwise, is the reason why it is not asked.</summary>
    public static Finding Ask(Chapter chapter, Guide guide)
    {
        try
        {
            return chapter.Look(guide);
        }
        catch (Exception refused) when (refused is InvalidDataException or NotSupportedException
            or (ArgumentException and not ArgumentOutOfRangeException)) // which would be our own mistake, not the model's
        {
            return Finding.NotAsked(new("tour.any.refused", Phrase.Refused(refused.Message)));
        }
    }

    /// <summary>09: the training of a model that is given is over.</summary>
    private sealed class FinishedChapter() : Chapter("09",
        new("tour.training.title"),
        new("tour.training.claim"),
        new("tour.any.training.experiment"))
    {
        public override Finding Look(Guide guide) => Finding.NotAsked(new("tour.any.training.over"));
    }

    /// <summary>11: what made an assistant of a model that is given, if it is one, is not in its file.</summary>
    private sealed class TunedChapter() : Chapter("11",
        new("tour.assistant.title"),
        new("tour.assistant.claim"),
        new("tour.any.assistant.experiment"))
    {
        public override Finding Look(Guide guide) => Finding.NotAsked(new("tour.any.assistant.over"));
    }
}
