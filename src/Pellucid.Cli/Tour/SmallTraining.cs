using Pellucid.Evaluation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Training;

namespace Pellucid.Cli.Tour;

/// <summary>Small models that are trained while one watches.</summary>
internal static class SmallTraining
{
    /// <summary>A new model with the tokens of the one that is looked at.</summary>
    public static Gpt NewModel(Guide guide, int layers, int width, int context, ulong seed = 1)
    {
        var gpt = new Gpt(new GptConfig
        {
            VocabularySize = guide.Tokenizer.VocabularySize, Context = context, Layers = layers, Heads = Math.Max(1, width / 16),
            Width = width
        }, guide.Gpt.Backend);
        gpt.Initialize(seed);
        return gpt;
    }

    /// <summary>How a small model is trained in so many steps.</summary>
    public static TrainingOptions Options(int steps, int batch = 16) => new()
    {
        Steps = steps, Batch = batch, LearningRate = 4e-3f, MinLearningRate = 4e-4f, Warmup = steps / 10,
        EvaluateEvery = steps, EvaluateBatches = 1,
    };

    /// <summary>Loss of a model, trained on some tokens, on others.</summary>
    public static double Loss(Guide guide, int[] tokens, int[] examination, int layers, int width, int context, int steps)
    {
        using var gpt = NewModel(guide, layers, width, context);
        using var trainer = new Trainer(gpt, new TokenStream(tokens, context), Options(steps));
        trainer.Run(_ => { });
        return Perplexity.Measure(gpt, examination, 1).Loss;
    }
}
