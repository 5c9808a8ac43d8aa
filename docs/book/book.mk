# The book: `make book` turns lessons/, core/ops/ and docs/ into $(BUILD)/book/index.html,
# which needs no network. A lesson that was built anew is run once, to draw its pictures;
# PICTURES=no leaves them as they are.

BOOK     := $(BUILD)/book
pictures := $(BUILD)/book-pictures
drawn    := $(patsubst lessons/%.cpp,$(pictures)/%/drawn,$(lesson_sources))
mathjax  := /usr/share/javascript/mathjax
fonts    := /usr/share/fonts/opentype/urw-base35/P052-Roman.otf \
            /usr/share/fonts/opentype/urw-base35/P052-Italic.otf \
            /usr/share/fonts/opentype/urw-base35/P052-Bold.otf \
            /usr/share/fonts/opentype/urw-base35/P052-BoldItalic.otf \
            /usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf

BOOK_PACKAGES := doxygen:doxygen libjs-mathjax:$(mathjax)/MathJax.js \
  fonts-urw-base35:$(firstword $(fonts)) fonts-dejavu-core:$(lastword $(fonts))

.PHONY: book book-pictures
$(BUILD)/book-setup: .ci/setup docs/book/book.mk
	@.ci/setup --install $(BOOK_PACKAGES)
	@mkdir -p $(@D) && touch $@

book-pictures: $(drawn)
$(drawn): $(pictures)/%/drawn: $(BUILD)/lessons/% | plugins
	@rm -rf $(@D) && mkdir -p $(@D) && echo '  draw  $*'
	@$< --quiet --out $(@D) >$(@D)/log 2>&1 </dev/null || \
	    { echo '$<: failed, see $(@D)/log; the page has the pictures there are'; }
	@touch $@

book: $(BUILD)/book-setup $(tools) $(command) \
      $(if $(filter no,$(PICTURES)),,book-pictures) ## make the HTML book
	@rm -rf $(BOOK) && mkdir -p $(BOOK)/fonts $(BOOK)/mathjax
	@$(if $(command),$(command) op list --json >$(BOOK)/operators.json,false) || \
	    { rm -f $(BOOK)/operators.json; echo 'The book has no operator reference.'; }
	@$(BUILD)/bin/weave --pictures $(pictures) --operators $(BOOK)/operators.json --out $(BOOK)
	@BOOK=$(BOOK) doxygen docs/book/Doxyfile
	@cd $(BOOK) && rm -rf src operators.json pages.html dir_*.html \
	    jquery.js dynsections.js tabs.css doxygen.svg *.png
	@cp $(fonts) $(BOOK)/fonts
	@cd $(mathjax) && cp -r --parents MathJax.js config/TeX-AMS_CHTML-full.js \
	    jax/output/CommonHTML fonts/HTML-CSS/TeX/woff $(abspath $(BOOK))/mathjax
	@echo 'The book is $(BOOK)/index.html.'
